# shellcheck shell=bash
# Restarts components that die. Debian's supervisor, with its own configuration and socket, restarts the components; a
# keeper script restarts the supervisor. Every component asks the kernel to kill it with the supervisor (setpriv
# --pdeathsig), so that a new supervisor never meets an old etcd.
#
# All of them run in the cluster's network namespace and in a mount namespace of their own. Volumes and pods' file
# systems are mounted only there, so they vanish with the last process, however it ends.

supervisor_config() {
  cat <<INI
[unix_http_server]
file=$CAREPLANE_RUN/supervisor.sock
chmod=0700

[supervisord]
nodaemon=true
pidfile=$CAREPLANE_RUN/supervisord.pid
logfile=$LOGS/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
childlogdir=$LOGS

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://$CAREPLANE_RUN/supervisor.sock
INI
  local name
  for name in "${COMPONENTS[@]}"; do
    cat <<INI

[program:$name]
command=setpriv --pdeathsig KILL /bin/bash $CONF/run/$name
autorestart=true
startsecs=1
startretries=1000000
stopwaitsecs=15
redirect_stderr=true
stdout_logfile=$LOGS/$name.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=2
INI
  done
}

keeper_script() {
  cat <<KEEPER
#!/bin/bash
# Restarts the supervisor until down.sh stops it.
umask 022
# Close the caller's open descriptors (the saved output of a step, the lock): otherwise they stay open as long as the
# cluster runs, and \`make up | tee log\` never ends. 255 is this script itself.
for descriptor in /proc/self/fd/*; do
  descriptor="\${descriptor##*/}"
  [ "\$descriptor" -le 2 ] || [ "\$descriptor" -eq 255 ] || exec {descriptor}>&-
done
# As many open files as the machine allows: components and pods inherit the limit.
ulimit -n "\$(ulimit -Hn)"
# Mounts do not propagate to the machine (slave), but propagate to pods that ask for it (shared).
mount --make-rshared /
/bin/bash $CONF/run/volume || exit 1
until [ -e $CAREPLANE_RUN/stop ]; do
  supervisord --configuration $CONF/supervisord.conf
  sleep 0.5
done
KEEPER
}

start_supervisor() {
  # A clean environment, and fd 9 (the lock) closed: these processes outlive the script.
  setsid --fork unshare --mount --propagation slave nsenter "--net=/run/netns/$NETNS" env -i HOME=/root LANG=C.UTF-8 \
    "PATH=$(kube_folder):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    /bin/bash "$CONF/run/keeper" 9>&- </dev/null >>"$LOGS/keeper.log" 2>&1
}

# Runs a command in the cluster's mount namespace.
in_mounts() {
  nsenter --mount --target "$(keeper_pids | head -n 1)" "$@"
}

supervisor() {
  supervisorctl --configuration "$CONF/supervisord.conf" "$@"
}

supervisor_is_up() {
  [ -S "$CAREPLANE_RUN/supervisor.sock" ] && supervisor pid >/dev/null 2>&1 && keeper_is_up
}

keeper_is_up() {
  [ -n "$(keeper_pids)" ]
}

keeper_pids() {
  pgrep -f "^/bin/bash $CONF/run/keeper\$" || true
}
