# SPDX-License-Identifier: MIT
# fish completion for hybrid-phone(1)

set -l scan '__fish_seen_subcommand_from scan'
set -l faults "(echo list; hybrid-phone scan --fault list 2>/dev/null | string replace -r '[\\[ ].*' '')"

complete -c hybrid-phone -f
complete -c hybrid-phone -n __fish_use_subcommand -a scan -d 'Scan the code of a desktop'
complete -c hybrid-phone -n __fish_use_subcommand -a wait -d 'Wait until a linked desktop makes contact'
complete -c hybrid-phone -l help -d 'Show help'
complete -c hybrid-phone -l version -d 'Show the version'

complete -c hybrid-phone -n $scan -l qr-file -r -F -d 'The text of the code'
complete -c hybrid-phone -n $scan -l qr-png -r -F -d 'A picture of it'
complete -c hybrid-phone -l tunnel -x -a 'cable.ua5v.com cable.auth.com' -d 'Tunnel service'
complete -c hybrid-phone -l connect -x -d 'Where that service really is'
complete -c hybrid-phone -l ca -r -F -d 'Trust only these authorities'
complete -c hybrid-phone -l ble -x -a 'bluez loopback: none' -d 'Radio to advertise with'
complete -c hybrid-phone -l uuid -x -a 'fff9 fde2' -d 'Advertise under this UUID'
complete -c hybrid-phone -l print-advert -d 'Write the advert to stdout'
complete -c hybrid-phone -l store -x -a '(__fish_complete_directories)' -d 'Keep credentials here'
complete -c hybrid-phone -l link -x -a 'no yes first late' -d 'Let the desktop remember this phone'
complete -c hybrid-phone -l approve -x -a 'yes no ask delay:' -d 'What its owner says'
complete -c hybrid-phone -l name -x -d 'Name of the phone'
complete -c hybrid-phone -l profile -x -a 'android iphone plain full bare' -d 'Behave like'
complete -c hybrid-phone -l attestation -x -a 'none self' -d 'Of new credentials'
complete -c hybrid-phone -l fault -x -a $faults -d 'Misbehave'
complete -c hybrid-phone -l timeout -x -d 'Give up after so many seconds'
complete -c hybrid-phone -l key-log -r -F -d "Append the session's secrets"
complete -c hybrid-phone -l json -d 'Tell what happens as JSON'
complete -c hybrid-phone -l quiet -d 'Tell only how it ends'
