# Qualifies the disk that is mounted at /var/lib/etcd:
#   docker run --rm -v /var/lib/etcd:/var/lib/etcd etcdmark
# Runs as root by default because /var/lib/etcd is 0700 root; with --user UID the mounted path must be writable by UID.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
COPY src ./src
RUN npm ci --no-audit --no-fund \
 && npx tsc -b src \
 && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends fio \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY profiles ./profiles
COPY reports/templates ./reports/templates
ENV NODE_ENV=production
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["probe", "/var/lib/etcd"]
