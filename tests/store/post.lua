-- For wrk: creates a thing with a body of 300 octets.
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer key"
local body = '{"name": "a thing", "text": "'
wrk.body = body .. string.rep("x", 300 - #body - 2) .. '"}'
