"""Puts one file of a pinned package into a folder: unpack.py pypi|npm PACKAGE VERSION MEMBER TARGET CACHE.

An installed package of the same version is used where there is one; otherwise the package is downloaded into CACHE.
MEMBER may be stored compressed (`.gz`) or not. A folder, with a slash at its end, gives the JSON list of its names.
"""

import glob
import gzip
import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
import zipfile

registry, package, version, member, target, cache = sys.argv[1:]
os.makedirs(cache, exist_ok=True)


def installed():
    if registry != "pypi":
        return None
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return None
    if distribution.version != version:
        return None
    names = [str(path) for path in distribution.files or []]
    return names, lambda name: open(str(distribution.locate_file(name)), "rb").read()


def downloaded():
    if registry == "pypi":
        pattern = os.path.join(cache, f"{package.replace('-', '_')}-{version}-*.whl")
        if not glob.glob(pattern):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary", ":all:", f"{package}=={version}", "-d", cache]
            subprocess.run(command, check=True)
        archive = zipfile.ZipFile(glob.glob(pattern)[0])
        return archive.namelist(), archive.read
    path = os.path.join(cache, f"{package.lstrip('@').replace('/', '-')}-{version}.tgz")
    if not os.path.exists(path):
        command = ["npm", "pack", "--silent", f"{package}@{version}", "--pack-destination", cache]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    archive = tarfile.open(path)

    names = [name.removeprefix("package/") for name in archive.getnames()]
    return names, lambda name: archive.extractfile("package/" + name).read()


names, read = installed() or downloaded()
if member.endswith("/"):
    below = {name[len(member) :].split("/")[0] for name in names if name.startswith(member)}
    data = json.dumps(sorted(below)).encode()
else:
    try:
        data = gzip.decompress(read(member + ".gz"))
    except (KeyError, FileNotFoundError):
        data = read(member)
os.makedirs(os.path.dirname(target), exist_ok=True)
with open(target + ".part", "wb") as out:
    out.write(data)
os.replace(target + ".part", target)
