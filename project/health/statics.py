"""Have the static files changed since they were last collected?"""

import hashlib

from django.contrib.staticfiles.finders import get_finders


def digest_of_sources() -> str:
    """A digest over names, sizes and times of every static file that would be collected."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            digest.update(f"{path} {storage.size(path)} {storage.get_modified_time(path)}\n".encode())
    return digest.hexdigest()
