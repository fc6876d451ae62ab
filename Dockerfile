# An image of Node and relayproof alone: the bundle, the runtime and the libraries it is linked with. No shell, not root.
FROM node:22-alpine AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY .ci/build.mjs .ci/command.mjs .ci/compile.mjs .ci/
COPY bin bin
COPY src src
RUN npm run build \
  && mkdir -p /root-of-image/lib /root-of-image/usr/lib /root-of-image/opt /root-of-image/work /root-of-image/tmp \
  && cp /lib/ld-musl-*.so.1 /root-of-image/lib/ \
  && cp /usr/lib/libstdc++.so.6 /usr/lib/libgcc_s.so.1 /root-of-image/usr/lib/ \
  && cp /usr/local/bin/node /root-of-image/usr/ \
  && cp -r dist /root-of-image/opt/relayproof \
  && chown 65532:65532 /root-of-image/work \
  && chmod 1777 /root-of-image/tmp

FROM scratch
COPY --from=build /root-of-image /
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/node", "/opt/relayproof/bin/relayproof.js"]
CMD ["--help"]
