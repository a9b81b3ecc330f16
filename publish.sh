#!/usr/bin/env bash
# Builds dist/acptoapi, one native file for this machine (or for the RID given), and says its size, framework and start time.
#
#   ./publish.sh [--if-stale] [RID]
#
#   --if-stale   do nothing when dist/acptoapi is newer than every source
#
# Exit codes: 0 done, 1 the build failed or the file is too large, 2 something is missing on this machine.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=src/AcpToApi
max_bytes=15000000
cd "$root"

say() { printf 'publish: %s\n' "$*"; }
fail() { local code=$1; shift; printf 'publish: %s\n' "$*" >&2; exit "$code"; }

if_stale=false
rid=
for argument in "$@"; do
  case $argument in
    --if-stale) if_stale=true ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) fail 2 "unknown option $argument (known: --if-stale)" ;;
    *) rid=$argument ;;
  esac
done

machine_rid() {
  local system machine
  case $(uname -s) in
    Darwin) system=osx ;;
    MINGW* | MSYS* | CYGWIN*) system=win ;;
    *) if ls /lib/ld-musl-* > /dev/null 2>&1; then system=linux-musl; else system=linux; fi ;;
  esac
  case $(uname -m) in
    aarch64 | arm64) machine=arm64 ;;
    *) machine=x64 ;;
  esac
  echo "$system-$machine"
}

own_rid=$(machine_rid)
rid=${rid:-$own_rid}
name=acptoapi
case $rid in win-*) name=acptoapi.exe ;; esac
binary=dist/$name

if $if_stale && [ -f "$binary" ]; then
  newer=$(find src Directory.Build.props Directory.Packages.props global.json -type f -newer "$binary" \
    -not -path '*/bin/*' -not -path '*/obj/*' -print -quit)
  [ -z "$newer" ] && exit 0
  say "$newer is newer than $binary"
fi

# What the build needs, and how to get it.
check_sdk() {
  local how="install it from https://dotnet.microsoft.com/download/dotnet/10.0 or with your package manager (dotnet-sdk-10.0)"
  command -v dotnet > /dev/null || fail 2 ".NET 10 SDK is missing: no 'dotnet' on the PATH; $how"
  dotnet --list-sdks | grep -q '^10\.' || fail 2 ".NET 10 SDK is missing: 'dotnet --list-sdks' shows none that starts with 10.; $how"
}

check_compiler() {
  case $own_rid in win-*) return ;; esac # the SDK finds Visual Studio's linker by itself and names what it misses
  compiler=
  for candidate in clang gcc; do
    if command -v "$candidate" > /dev/null; then compiler=$candidate; break; fi
  done
  case $own_rid in
    osx-*) [ -n "$compiler" ] || fail 2 "a C compiler is missing (clang); get it with: xcode-select --install"; return ;;
  esac
  local apt="Debian/Ubuntu: apt-get install" dnf="Fedora: dnf install" apk="Alpine: apk add"
  [ -n "$compiler" ] || fail 2 "a C compiler is missing (clang or gcc); $apt clang; $dnf clang; $apk clang build-base"
  local scratch
  scratch=$(mktemp -d)
  if ! printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' | "$compiler" -x c - -o "$scratch/c" > /dev/null 2>&1; then
    rm -r "$scratch"
    fail 2 "$compiler cannot build a C program: the C library's headers are missing; $apt libc6-dev; $dnf glibc-devel; $apk build-base"
  fi
  if ! printf '#include <zlib.h>\nint main(void) { return zlibVersion() == 0; }\n' | "$compiler" -x c - -o "$scratch/z" -lz > /dev/null 2>&1; then
    rm -r "$scratch"
    fail 2 "the zlib headers are missing; $apt zlib1g-dev; $dnf zlib-devel; $apk zlib-dev"
  fi
  rm -r "$scratch"
}

check_sdk
check_compiler
[ -d "$project" ] || fail 1 "$project is not here"

# net10.0 where its native runtime pack can be restored, net9.0 where not. The answer is kept per SDK version and RID.
native_path() { echo "$root/artifacts/native-$1/"; }
decision=artifacts/publish-$rid-$(dotnet --version).framework

decide_framework() {
  if [ -f "$decision" ] && [ ! Directory.Packages.props -nt "$decision" ]; then
    framework=$(head -n 1 "$decision")
    missing=$(sed -n 2p "$decision")
    return
  fi
  local log
  mkdir -p artifacts
  log=artifacts/publish-restore.log
  missing=
  if dotnet restore "$project" -r "$rid" -p:AppFramework=net10.0 -p:PublishAot=true "-p:ArtifactsPath=$(native_path net10.0)" > "$log" 2>&1; then
    framework=net10.0
  else
    missing=$(sed -n -E 's/.*error NU110[0-9]: Unable to find (a stable )?package ([A-Za-z0-9.-]*(NativeAOT|ILCompiler)[A-Za-z0-9.-]*[A-Za-z0-9]).*/\2/p' "$log" | head -n 1)
    if [ -z "$missing" ]; then
      cat "$log" >&2
      fail 1 "the restore for net10.0 failed, and not for want of its native packs (see above)"
    fi
    framework=net9.0
  fi
  printf '%s\n%s\n' "$framework" "$missing" > "$decision"
}

decide_framework
[ -z "$missing" ] || say "net10.0 needs the pack $missing, which the package feed does not have: building for $framework instead"

mkdir -p dist artifacts
started=artifacts/publish-started
touch "$started"
linker=()
case $own_rid in linux-*) linker=("-p:CppCompilerAndLinker=$compiler") ;; esac
log=artifacts/publish.log
if ! dotnet publish "$project" -c Release -r "$rid" "-p:AppFramework=$framework" "-p:ArtifactsPath=$(native_path "$framework")" \
  ${linker[@]+"${linker[@]}"} -o "artifacts/native-$framework/out-$rid" --nologo -v quiet > "$log" 2>&1; then
  cat "$log" >&2
  rm -f "$decision"
  fail 1 "the native build for $framework failed (see above)"
fi
# Warnings would be errors; what is left is worth a look.
grep -E 'warning' "$log" | sort -u || true

# As old as its sources were when the build began, so that an edit during the build counts as newer.
cp "artifacts/native-$framework/out-$rid/$name" "dist/.$name.new"
touch -r "$started" "dist/.$name.new"
mv -f "dist/.$name.new" "$binary"

now_us() {
  if [ -n "${EPOCHREALTIME:-}" ]; then echo "${EPOCHREALTIME/[^0-9]/}"; else perl -MTime::HiRes=time -e 'printf "%d", time * 1e6'; fi
}

# Microseconds from the start of the process to its first 200 on /health; polls every millisecond, and starts no process to do so.
start_time() {
  local port=$1 home=$2 begin pid line answer=
  begin=$(now_us)
  (cd "$home" && exec env -i "HOME=$home" "PATH=$PATH" "SYSTEMROOT=${SYSTEMROOT:-}" "$root/$binary" --port "$port") > "$home/log" 2>&1 &
  pid=$!
  for _ in $(seq 1 3000); do
    if { exec 3<> "/dev/tcp/127.0.0.1/$port"; } 2> /dev/null; then
      printf 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
      read -r -t 5 line <&3 || line=
      exec 3>&-
      case $line in "HTTP/1.1 200"*) answer=$(($(now_us) - begin)); break ;; esac
    fi
    kill -0 "$pid" 2> /dev/null || break
    read -r -t 0.001 -u 4 || true
  done
  kill "$pid" 2> /dev/null || true
  wait "$pid" 2> /dev/null || true
  if [ -z "$answer" ]; then cat "$home/log" >&2; return 1; fi
  echo "$answer"
}

size=$(wc -c < "$binary" | tr -d ' ')
say "$binary for $rid, built for $framework: $size bytes"

if [ "$rid" = "$own_rid" ]; then
  pipe=$(mktemp -d)
  mkfifo "$pipe/silence"
  exec 4<> "$pipe/silence" # a pipe that never says anything: reading it is a sleep
  rm -r "$pipe"
  home=$(mktemp -d)
  times=()
  for run in 1 2 3 4 5 6 7; do
    # Below the ports that systems give out; a second try, for somebody may listen there.
    time=$(start_time $((15000 + (RANDOM + run) % 16000)) "$home") || time=$(start_time $((15000 + (RANDOM + run) % 16000)) "$home") || { rm -r "$home"; fail 1 "the new binary does not answer on /health (its output is above)"; }
    times+=("$time")
  done
  rm -r "$home"
  median=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 4p)
  say "first 200 on /health after $((median / 1000)).$((median % 1000 / 100)) ms (median of ${#times[@]} starts)"
fi

[ "$size" -le "$max_bytes" ] || fail 1 "$binary has $size bytes, more than the budget of $max_bytes"
