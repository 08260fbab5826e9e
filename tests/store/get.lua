-- For wrk: reads a thing that was created.
wrk.headers["authorization"] = "Bearer key"
