# Two stages: the first installs and collects, the second only runs, as a user without rights on a read-only file system.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_CACHE=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
COPY requirements-tools.txt requirements.txt ./
RUN python -m venv /tools \
    && /tools/bin/pip install --require-hashes --requirement requirements-tools.txt \
    && python -m venv --without-pip /venv \
    && /tools/bin/uv pip sync --require-hashes --python /venv/bin/python requirements.txt
COPY manage.py ./
COPY monitor monitor
COPY alerts alerts
COPY patients patients
# Static files need settings, but no server and no secret: these values are used here and are not in the image.
RUN IPH_MODE=production IPH_DATABASE_ROLE=web IPH_SECRET_KEY=unused IPH_ENCRYPTION_KEY=dW51c2Vk ALLOWED_HOSTS=unused \
    DATABASE_URL=postgresql://unused/unused REDIS_URL=redis://unused EMAIL_URL=smtp://unused BASE_URL=https://unused \
    STATIC_ROOT=/app/static /venv/bin/python manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q monitor alerts patients manage.py

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin iph
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp IPH_MODE=production STATIC_ROOT=/app/static
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--no-ws", "monitor.wsgi:application"]
