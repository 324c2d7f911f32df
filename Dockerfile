# One image for web, worker and beat. Servers come from outside: DATABASE_URL and REDIS_URL.
FROM node:24-bookworm-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 SIOP_ENVIRONMENT=given DJANGO_SETTINGS_MODULE=siop.settings.production OMP_NUM_THREADS=1
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 siop
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --chown=siop . .
COPY --from=assets /app/node_modules ./node_modules
RUN python -c "from siop.embedded import assets; assets.copy()" && mkdir -p /data && chown siop /data /app/static
USER siop
ENV SIOP_DATA_DIR=/data
EXPOSE 8000
