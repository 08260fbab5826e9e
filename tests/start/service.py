"""A small service as a stranger to Counterpart writes it on the first day: notes, in memory.

`service.py KIND PORT`, where KIND is how it knows its users: oauth2, key or none.
"""

import sys
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import AfterValidator, BaseModel

KIND, PORT = sys.argv[1], int(sys.argv[2])
TOKEN = "a-token-of-alice-0815"

app = FastAPI(title="Notes")
notes: dict[int, dict] = {}

if KIND == "oauth2":
    scheme = OAuth2PasswordBearer(tokenUrl="token")

    def user(token: Annotated[str, Depends(scheme)]) -> str:
        if token != TOKEN:
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, "unknown token", {"WWW-Authenticate": "Bearer"})
        return "alice"

    @app.post("/token")
    def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        if (form.username, form.password) != ("alice", "wonderland"):
            raise HTTPException(400, "Incorrect username or password")
        return {"access_token": TOKEN, "token_type": "bearer"}

elif KIND == "key":
    scheme = APIKeyHeader(name="X-API-Key")

    def user(key: Annotated[str, Depends(scheme)]) -> str:
        if key != TOKEN:
            raise HTTPException(401, "unknown key")
        return "alice"

else:

    def user() -> str:
        return "everybody"


def writable(text: str) -> str:
    text.encode()  # half of a surrogate pair cannot be answered
    return text


Text = Annotated[str, AfterValidator(writable)]


class NoteIn(BaseModel):
    title: Text
    text: Text = ""
    stars: int | None = None


class Note(NoteIn):
    id: int


@app.get("/notes")
def list_notes(who: Annotated[str, Depends(user)]) -> list[Note]:
    return list(notes.values())


@app.post("/notes", status_code=201)
def create_note(note: NoteIn, who: Annotated[str, Depends(user)]) -> Note:
    number = max(notes, default=0) + 1
    notes[number] = {"id": number, **note.model_dump()}
    return notes[number]


@app.get("/notes/{id}")
def read_note(id: int, who: Annotated[str, Depends(user)]) -> Note:
    if id not in notes:
        raise HTTPException(404, "no such note")
    return notes[id]


@app.delete("/notes/{id}", status_code=204)
def delete_note(id: int, who: Annotated[str, Depends(user)]) -> None:
    if id not in notes:
        raise HTTPException(404, "no such note")
    del notes[id]


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
