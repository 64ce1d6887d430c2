# The model server and the gateway. Targets: server-cpu, server-cuda, gateway; docs/container.md says what they promise.
#
#   docker build --target server-cpu -t tensorfleet-server:cpu .

ARG NODE_IMAGE=node:24-slim
# ONNX Runtime's provider wants CUDA 12 and cuDNN 9.
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04


# All packages of the lock file. This layer lasts until a package.json changes. Another registry, or a token for one, is
# a secret: --secret id=npmrc,src=$HOME/.npmrc
FROM ${NODE_IMAGE} AS packages
WORKDIR /opt/tensorfleet
COPY package.json package-lock.json ./
COPY layers/client/package.json layers/client/
COPY layers/codecs/package.json layers/codecs/
COPY layers/core/package.json layers/core/
COPY layers/preprocess/package.json layers/preprocess/
COPY layers/repository/package.json layers/repository/
COPY functions/package.json functions/
COPY gpu-backend/package.json gpu-backend/
COPY scripts/package.json scripts/
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund


FROM packages AS server-files
COPY layers layers
COPY functions functions
COPY gpu-backend gpu-backend
COPY scripts scripts
RUN node scripts/src/image/prune.ts server \
    && install -d -o 65532 node_modules/.cache
# Sources that are compiled already have a server listen in a quarter of the time. Node keeps them by user.
COPY examples/mnist/saved_model/1 /models/mnist/1
USER 65532:65532
RUN node scripts/src/image/warm-up.ts 'is in state available' serve --model_name=mnist --model_base_path=/models/mnist \
    && chmod -R a+rX node_modules/.cache


# The CUDA provider, about 300 MB, comes from NuGet and not with the package. Its script is run on purpose, and only here.
FROM packages AS cuda-provider
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js \
    && mkdir /provider \
    && cp node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_shared.so \
          node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so /provider/


FROM packages AS gateway-files
COPY layers layers
COPY functions functions
COPY scripts scripts
RUN node scripts/src/image/prune.ts gateway \
    && install -d -o 65532 node_modules/.cache
USER 65532:65532
ENV NODE_COMPILE_CACHE=/opt/tensorfleet/node_modules/.cache/tensorfleet-compiled
RUN node scripts/src/image/warm-up.ts listening gateway \
    && chmod -R a+rX node_modules/.cache


FROM ${NODE_IMAGE} AS node


FROM node AS server-cpu
RUN install -d /models \
    && install -d -m 1777 /var/lib/tensorfleet \
    && ln -s /opt/tensorfleet/scripts/src/tensorfleet.ts /usr/local/bin/tensorfleet
COPY --from=server-files /opt/tensorfleet /opt/tensorfleet
# All that is written lies below TMPDIR: versions from object stores, converted models.
ENV NODE_ENV=production \
    TMPDIR=/var/lib/tensorfleet \
    MODEL_BASE_PATH=/models \
    HEALTH_URL=http://127.0.0.1:8501/healthz
VOLUME /var/lib/tensorfleet
EXPOSE 8500 8501
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tensorfleet", "serve"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tensorfleet model server" \
      org.opencontainers.image.description="TensorFlow Serving's protocols over ONNX Runtime, on the CPU" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"


# Differs from server-cpu in its base, the provider and the flag; linux/amd64 only.
FROM ${CUDA_IMAGE} AS server-cuda
COPY --from=node /usr/local/bin/node /usr/local/bin/node
RUN install -d /models \
    && install -d -m 1777 /var/lib/tensorfleet \
    && ln -s /opt/tensorfleet/scripts/src/tensorfleet.ts /usr/local/bin/tensorfleet
COPY --from=cuda-provider /provider /opt/tensorfleet/node_modules/onnxruntime-node/bin/napi-v6/linux/x64
COPY --from=server-files /opt/tensorfleet /opt/tensorfleet
ENV NODE_ENV=production \
    TMPDIR=/var/lib/tensorfleet \
    MODEL_BASE_PATH=/models \
    HEALTH_URL=http://127.0.0.1:8501/healthz
VOLUME /var/lib/tensorfleet
EXPOSE 8500 8501
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tensorfleet", "serve", "--device=cuda"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tensorfleet model server, CUDA" \
      org.opencontainers.image.description="TensorFlow Serving's protocols over ONNX Runtime, on NVIDIA GPUs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"


FROM node AS gateway
RUN ln -s /opt/tensorfleet/scripts/src/tensorfleet.ts /usr/local/bin/tensorfleet
COPY --from=gateway-files /opt/tensorfleet /opt/tensorfleet
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/opt/tensorfleet/node_modules/.cache/tensorfleet-compiled \
    HEALTH_URL=http://127.0.0.1:3001/livez
EXPOSE 3000 3001
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tensorfleet", "gateway"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tensorfleet gateway" \
      org.opencontainers.image.description="Pictures and JSON in, tensors to the model servers, labels out" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
