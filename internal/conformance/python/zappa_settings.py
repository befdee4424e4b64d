"""What `zappa deploy` writes beside the handler, for a project with binary_support."""

import os

APP_MODULE = os.environ.get("ZAPPA_APP_MODULE", "flask_app")
APP_FUNCTION = "app"
EXCEPTION_HANDLER = None
DEBUG = False
LOG_LEVEL = "ERROR"
BINARY_SUPPORT = True
CONTEXT_HEADER_MAPPINGS = {}
DOMAIN = None
BASE_PATH = None
ENVIRONMENT_VARIABLES = {}
API_STAGE = "test"
PROJECT_NAME = "flaskexp"
SETTINGS_FILE = None
DJANGO_SETTINGS = None
AWS_EVENT_MAPPING = {}
AWS_BOT_EVENT_MAPPING = {}
COGNITO_TRIGGER_MAPPING = {}
