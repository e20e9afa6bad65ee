"""Puts one file of a pinned package into a folder: unpack.py pypi|npm PACKAGE VERSION MEMBER TARGET CACHE.

An installed package of the same version is used where there is one; otherwise the package is downloaded into CACHE.
MEMBER may be stored compressed (`.gz`) or not.
"""

import glob
import gzip
import importlib.metadata
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
    return lambda name: open(str(distribution.locate_file(name)), "rb").read()


def downloaded():
    if registry == "pypi":
        pattern = os.path.join(cache, f"{package.replace('-', '_')}-{version}-*.whl")
        if not glob.glob(pattern):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary", ":all:", f"{package}=={version}", "-d", cache]
            subprocess.run(command, check=True)
        return zipfile.ZipFile(glob.glob(pattern)[0]).read
    path = os.path.join(cache, f"{package.lstrip('@').replace('/', '-')}-{version}.tgz")
    if not os.path.exists(path):
        command = ["npm", "pack", "--silent", f"{package}@{version}", "--pack-destination", cache]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    archive = tarfile.open(path)

    def read(name):
        return archive.extractfile("package/" + name).read()

    return read


read = installed() or downloaded()
try:
    data = gzip.decompress(read(member + ".gz"))
except (KeyError, FileNotFoundError):
    data = read(member)
os.makedirs(os.path.dirname(target), exist_ok=True)
with open(target + ".part", "wb") as out:
    out.write(data)
os.replace(target + ".part", target)
