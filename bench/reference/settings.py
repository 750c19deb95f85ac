"""The reference's settings: a database, a folder, and nothing else."""

import os
from pathlib import Path

import environ

HERE = Path(__file__).resolve().parent
SECRET_KEY = "not-used"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.reference.urls"
WSGI_APPLICATION = "bench.reference.wsgi.application"
INSTALLED_APPS = []
MIDDLEWARE = []
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"]}]
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES = {"default": environ.Env.db_url_config(os.environ["REFERENCE_DATABASE_URL"]) | {"CONN_MAX_AGE": None}}
FILES_DIR = Path(os.environ["REFERENCE_FILES_DIR"])
FILE_UPLOAD_TEMP_DIR = FILES_DIR
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
BROKER_URL = os.environ["REFERENCE_BROKER_URL"]
