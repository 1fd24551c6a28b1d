# Two stages: a wheel is built, and only it and what it needs go into the image.
#   docker build -t chip-atlas-skills .
#   docker run --rm -v "$PWD:/work" chip-atlas-skills targets TP53 --out tp53
FROM python:3.11-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
ARG EXTRAS=local,excel
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/constraints.txt
RUN wheel="$(ls /wheels/*.whl)" \
    && pip install --no-cache-dir --constraint /wheels/constraints.txt "${wheel}[${EXTRAS}]" \
    && rm -r /wheels \
    && useradd --create-home --uid 1000 atlas \
    && mkdir /work && chown atlas /work
# Nobody's results belong to root. Give --user "$(id -u)" where your own number is another; HOME then need not exist.
USER atlas
ENV CHIPATLAS_CACHE_DIR=/tmp/chip-atlas-cache MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /work
ENTRYPOINT ["chip-atlas"]
CMD ["--help"]
