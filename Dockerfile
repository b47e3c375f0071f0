# The image of every charlie process: `docker build --tag charlie-reporting .`; docs/production.md says how to run it.
# Debian, because Temporal's native library needs glibc; the same version of Node as in package.json.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing that runs in production needs an install script.
RUN npm ci --omit=dev --ignore-scripts
COPY bin bin
COPY activities activities
COPY src src
COPY temporal-config/search-attributes.json temporal-config/search-attributes.json
COPY workflows workflows
RUN npm run build
# Optional are the compiler of workflow code, which has done its work, and the Postgres that `charlie up` brings.
RUN npm prune --omit=dev --omit=optional --ignore-scripts
# Of the native library's platforms, this one.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +
# Also from a checkout that only its owner may read.
RUN chmod -R a+rX /app

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="charlie-reporting" \
      org.opencontainers.image.description="SharePoint CSV files into Postgres and Excel, every hour, exactly once, on Temporal" \
      org.opencontainers.image.licenses="MIT"
# The certificates are for Temporal's library, which has none of its own; tini hands signals on and buries orphans.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates tini && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
RUN ln -s /app/bin/charlie.js /usr/local/bin/charlie
# A new volume takes the owner of the folder that it is mounted on.
RUN mkdir -p /data/incoming /data/reports /data/simulator && chown -R 1000:1000 /data
ENV NODE_ENV=production
# In MiB: half of the memory that docker-compose.yml allows, since buffers and the native library are not in the heap.
ENV NODE_OPTIONS=--max-old-space-size=512
WORKDIR /app
USER 1000:1000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["charlie", "doctor", "--worker"]
ENTRYPOINT ["tini", "--", "charlie"]
CMD ["worker"]
