from mangum import Mangum

from fastapi_app import app

handler = Mangum(app, lifespan="off")
