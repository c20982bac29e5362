"""Get onnxruntime-web, which computes in the browser: one version, fetched by npm once and compared with its checksum.

The package stays in a folder, so that the next export needs no network. Its files are never part of this project.

Example:
    >>> runtime = web_runtime(CACHE)  # doctest: +SKIP
    >>> len(runtime.script), len(runtime.binary)  # doctest: +SKIP
    (73054, 14239897)
"""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from emotion_hf.disk import write_whole, writing
from emotion_hf.errors import DownloadError

NAME, VERSION = "onnxruntime-web", "1.30.0"
PACKAGE = f"{NAME}-{VERSION}.tgz"
SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
"""Checksum of the package, as npm states it: SHA-512 in base64."""
SCRIPT, BINARY = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
CACHE = Path("~/.cache/emotion_hf")
SECONDS = 600.0
LICENCE = f"""{NAME} {VERSION}

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE.
"""


@dataclass(frozen=True)
class WebRuntime:
    """Files of onnxruntime-web.

    Attributes:
        script: A module of JavaScript.
        binary: WebAssembly.
    """

    script: bytes
    binary: bytes


def web_runtime(folder: Path = CACHE) -> WebRuntime:
    """Return the runtime from the package in a folder, which npm fetches if it is not there.

    Raises:
        DownloadError: The package cannot be fetched, or is not the expected one.
        WriteError: The file system reports an error.
    """
    path = folder.expanduser() / PACKAGE
    content = path.read_bytes() if path.is_file() else None
    if content is None:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            content = _fetched(path.parent)
            _check(content, path)
            write_whole(path, content)
    _check(content, path)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as package:
        return WebRuntime(*(_member(package, name) for name in (SCRIPT, BINARY)))


def _fetched(folder: Path) -> bytes:
    by_hand = f"run npm pack {NAME}@{VERSION} where there is a network, and copy {PACKAGE} to {folder}"
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(f"The program npm, which fetches {NAME}, is missing; install it, or {by_hand}.")
    new = folder / f".{NAME}.new"
    new.mkdir(exist_ok=True)
    command = [npm, "pack", "--silent", "--pack-destination", str(new.absolute()), f"{NAME}@{VERSION}"]
    try:
        subprocess.run(command, cwd=new, check=True, capture_output=True, timeout=SECONDS)
        return (new / PACKAGE).read_bytes()
    except (subprocess.SubprocessError, FileNotFoundError) as error:
        raise DownloadError(f"npm cannot fetch {NAME} {VERSION}; check the network, or {by_hand}.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _check(content: bytes, path: Path) -> None:
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != SHA512:
        raise DownloadError(f"{path} is not {NAME} {VERSION} as npm published it; remove the file, and export again.")


def _member(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(f"package/dist/{name}")
    if file is None:
        raise DownloadError(f"{PACKAGE} has no file {name}.")
    return file.read()
