FROM debian:12-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv libmagic1 tzdata libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-open-sans \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /srv/portal --uid 10001 portal

WORKDIR /srv/portal
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

# « --build-arg S3=1 » for pieces in an S3-compatible store; compose sets it from VITALE_PIECES_BUCKET.
ARG S3=
COPY requirements/base.txt requirements/s3.txt requirements/
RUN python3 -m venv /opt/venv \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/base.txt \
        ${S3:+-r requirements/s3.txt}

COPY . .

# The key serves this one command; the image keeps none.
RUN SECRET_KEY=build-only-thrown-away python manage.py collectstatic --noinput --verbosity 0 \
    && install --directory --owner=portal --mode=0700 /srv/pieces

USER portal
ENV VITALE_PIECES_ROOT=/srv/pieces
VOLUME /srv/pieces
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["python", "-c", "import http.client, os, sys; \
web = http.client.HTTPConnection('127.0.0.1', 8000, timeout=5); \
host = os.environ.get('ALLOWED_HOSTS', 'localhost').split(',')[0]; \
web.request('GET', '/sante/', headers={'Host': host, 'X-Forwarded-Proto': 'https'}); \
sys.exit(web.getresponse().status != 200)"]

CMD ["gunicorn", "vitale_portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-", \
     "--access-logformat", "%(h)s %(t)s %(m)s %(U)s %(s)s %(b)so %(M)sms"]
