# syntax=docker/dockerfile:1

# Builds dist/ with the Node.js that npm installs beside the packages: the snapshot fits that one's V8 only.
FROM node:26-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig*.json ./
COPY bin bin
COPY scripts scripts
COPY sandbox sandbox
COPY src src
RUN npm run build
# What npm keeps although the built service does not load it: the packaged Node.js, which moves, and an optional peer.
# esbuild and oxc-parser stay: deployments are bundled when they are loaded, and `build` reads modules with them.
RUN npm prune --omit=dev \
  && mv node_modules/node-linux-*/bin/node /usr/local/bin/node-runtime \
  && cd node_modules \
  && rm -rf node-linux-* typescript @typescript .bin .package-lock.json \
  && find . -maxdepth 1 -type d -empty -delete

FROM debian:trixie-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends bubblewrap libatomic1 libstdc++6 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /usr/local/bin/node-runtime /usr/local/bin/node
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The jobs, and archives of deployments while they are loaded: with --read-only a volume or a tmpfs has to be there.
RUN mkdir /var/lib/worker-isolate

# Reachable from outside the container, so the service does not start without API_KEY.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/var/lib/worker-isolate
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/ping`).then((answer) => process.exit(answer.status === 200 ? 0 : 1), () => process.exit(1))"]

# There is no USER: as root with only SETUID, SETGID and KILL the service gives each executor a user of its own.
# With --user and no capabilities it runs too, and executors share its user: docs/operations.md.
# The flags are those of bin/engine-flags.json.
ENTRYPOINT ["node", "--max-semi-space-size=8", "dist/src/main.js"]
CMD ["serve"]
