from fastapi import FastAPI, Query
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()
handler = Mangum(app, lifespan="off")


class Item(BaseModel):
    name: str


@app.get("/health")
def health():
    return {"status": "UP"}


@app.post("/items/", status_code=201)
def items(item: Item, tag: list[str] = Query(default=[])):
    return {"name": item.name, "tags": tag}
