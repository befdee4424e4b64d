from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/health")
def health():
    return jsonify(status="UP")


@app.post("/items/")
def items():
    return jsonify(name=request.json["name"], tags=request.args.getlist("tag")), 201
