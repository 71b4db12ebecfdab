# SPDX-License-Identifier: MIT
# fish completion for hybrid-tunnel(1)

set -l faults "(echo list; hybrid-tunnel --fault list 2>/dev/null | string replace -r '[:\\[ ].*' '')"

complete -c hybrid-tunnel -f
complete -c hybrid-tunnel -l help -d 'Show help'
complete -c hybrid-tunnel -l version -d 'Show the version'
complete -c hybrid-tunnel -l listen -x -a '127.0.0.1: [::1]:' -d 'Where to listen'
complete -c hybrid-tunnel -l cert -r -F -d 'Certificate with its chain'
complete -c hybrid-tunnel -l key -r -F -d 'Its key'
complete -c hybrid-tunnel -l self-signed -x -a '(__fish_complete_directories)' -d 'Make certificate and key here'
complete -c hybrid-tunnel -l host -x -d 'Another name for that certificate'
complete -c hybrid-tunnel -l max-message -x -d 'Largest message, in bytes'
complete -c hybrid-tunnel -l max-messages -x -d 'Messages of a tunnel in each direction'
complete -c hybrid-tunnel -l max-memory -x -d 'For the messages of all tunnels, in bytes'
complete -c hybrid-tunnel -l max-lifetime -x -d 'Longest life of a tunnel, in seconds'
complete -c hybrid-tunnel -l max-tunnels -x -d 'Tunnels at one time'
complete -c hybrid-tunnel -l handshake-timeout -x -d 'Longest time for TLS, and for the request'
complete -c hybrid-tunnel -l idle-timeout -x -d 'Close a tunnel without messages'
complete -c hybrid-tunnel -l fault -x -a $faults -d 'Misbehave'
complete -c hybrid-tunnel -l json -d 'Tell what happens as JSON'
complete -c hybrid-tunnel -l quiet -d 'Tell only that it listens'
