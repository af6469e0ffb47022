#!/usr/bin/env bash
# HAPI's FHIR validator, started once for all that is on standard input: scripts/fhir/validator.sh [elements TYPE...]
# Fetched by Maven in the pinned versions, checked by their digests, and kept in the cache.
source "$(dirname "${BASH_SOURCE[0]}")/../lib/environment.sh"

here="$ROOT/scripts/fhir"
home="$CAREPLANE_CACHE/fhir-validator"
wanted="$(cat "$here/jars.sha256" "$here/Validator.java" | sha256)"

install() {
  command -v mvn >/dev/null && command -v javac >/dev/null ||
    fail "Maven and a JDK are needed" "apt-get install maven openjdk-17-jdk-headless"
  rm -rf "$home"
  mkdir -p "$home/jars" "$home/classes"
  mvn -q -B -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$home/jars" >&2
  # One that is not listed is refused as one that differs.
  (cd "$home/jars" && sha256sum *.jar | cmp - "$here/jars.sha256" >&2)
  javac -cp "$home/jars/*" -d "$home/classes" "$here/Validator.java"
  printf '%s\n' "$wanted" >"$home/installed"
}

[ "$(cat "$home/installed" 2>/dev/null)" = "$wanted" ] || install
exec java -Xmx640m -XX:+UseSerialGC -cp "$home/classes:$home/jars/*" Validator "$@" 2>/dev/null
