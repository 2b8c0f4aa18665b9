# One image for everything that runs: the schedule, one retraining, the served model and, in
# compose.yaml, the servers of MLflow and Prefect. docs/deployment.md says how it is used.

# The commit that is checked out, without its history and without what is not committed: DVC needs
# a git repository, and the registry notes the commit that a model was trained with.
FROM debian:bookworm-slim AS checkout
RUN apt-get update && apt-get install --yes --no-install-recommends git
COPY . /source
RUN git config --global --add safe.directory '*' \
    && git clone --quiet --depth 1 file:///source /mmga

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git python3 python3-venv tzdata \
    && rm -rf /var/lib/apt/lists/*

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DO_NOT_TRACK=true \
    MLFLOW_DISABLE_TELEMETRY=true \
    PREFECT_SERVER_ANALYTICS_ENABLED=false

# The libraries first: a change of the code alone does not install them again. pip reads the
# argument as its own setting; an index of CPU wheels makes the image some gigabytes smaller.
ARG PIP_EXTRA_INDEX_URL=
WORKDIR /locked
COPY --from=checkout /mmga/pyproject.toml /mmga/requirements.lock /mmga/README.md ./
RUN python3 -m venv /opt/venv \
    && pip install --no-cache-dir --quiet --upgrade 'pip>=24.1' \
    && pip install --no-cache-dir --quiet --constraint requirements.lock '.[postgresql,s3]'

# The user owns the checkout, where DVC and git write, and not the libraries.
RUN useradd --uid 10001 --create-home mmga
COPY --from=checkout --chown=mmga:mmga /mmga /mmga
WORKDIR /mmga
RUN pip install --no-cache-dir --quiet --no-deps --editable . \
    && chown -R mmga:mmga mmga.egg-info \
    && install -d -o mmga -g mmga stores .dvc/cache
USER mmga

EXPOSE 5001
CMD ["sh", "-c", "dvc pull data.dvc && exec python -m flows.serve"]
