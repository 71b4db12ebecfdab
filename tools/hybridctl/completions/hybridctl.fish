# SPDX-License-Identifier: MIT
# fish completion for hybridctl(1)

set -l site '__fish_seen_subcommand_from create get'
set -l ceremony '__fish_seen_subcommand_from create get demo'
set -l any '__fish_seen_subcommand_from create get demo doctor'

complete -c hybridctl -f
complete -c hybridctl -n __fish_use_subcommand -a create -d 'Make a passkey for a site on the phone'
complete -c hybridctl -n __fish_use_subcommand -a get -d 'Sign in to a site with a passkey of the phone'
complete -c hybridctl -n __fish_use_subcommand -a demo -d 'Show both with a phone that is only a program'
complete -c hybridctl -n __fish_use_subcommand -a doctor -d 'Say what is wrong with Bluetooth here'
complete -c hybridctl -n __fish_use_subcommand -l version -d 'Show the version'
complete -c hybridctl -l help -d 'Show help'

complete -c hybridctl -n $site -l origin -x -d 'The site that asks'
complete -c hybridctl -n $site -l top-origin -x -d 'The page around it'
complete -c hybridctl -n $site -l request -r -F -d 'The request as JSON'
complete -c hybridctl -n $site -l rp -x -d 'RP ID of the site'
complete -c hybridctl -n $site -l prf -x -d 'Ask for a secret made from this text'
complete -c hybridctl -n $site -l phone -x -d 'Ask this linked phone first'
complete -c hybridctl -n $site -l remember -d 'Let the phone be asked without a code'
complete -c hybridctl -n $site -l turn-on-bluetooth -d 'Switch Bluetooth on if it is off'
complete -c hybridctl -n '__fish_seen_subcommand_from create' -l user -x -a '(__fish_complete_users)' -d 'Name of the account'

complete -c hybridctl -n $ceremony -l qr-png -r -F -d 'Also write the code as a picture'
complete -c hybridctl -n $any -l json -d 'Tell what happens as JSON'

complete -c hybridctl -n '__fish_seen_subcommand_from demo' -l profile -x -a 'android iphone plain' -d 'Kind of phone'
complete -c hybridctl -n '__fish_seen_subcommand_from demo' -l linked -d 'Link the phone, and sign in without a code'
complete -c hybridctl -n '__fish_seen_subcommand_from demo' -l keep -d 'Keep the folder with logs and settings'
complete -c hybridctl -n '__fish_seen_subcommand_from demo' -l log-level -x -a 'error warning notice info debug' -d 'How much hybridd logs'

set -l phones '__fish_seen_subcommand_from phones'
complete -c hybridctl -n __fish_use_subcommand -a phones -d 'Show the phones that can be asked without a code'
complete -c hybridctl -n "$phones; and not __fish_seen_subcommand_from list rename forget" -a 'list rename forget'
complete -c hybridctl -n $phones -l json -d 'As JSON'

set -l policy '__fish_seen_subcommand_from policy'
complete -c hybridctl -n __fish_use_subcommand -a policy -d 'Show what the administrator allows, or check a file of it'
complete -c hybridctl -n "$policy; and not __fish_seen_subcommand_from show check" -a 'show check'
complete -c hybridctl -n "$policy; and __fish_seen_subcommand_from check" -F
complete -c hybridctl -n $policy -l folder -x -a '(__fish_complete_directories)' -d 'Show the policy of this folder'
complete -c hybridctl -n $policy -l json -d 'As JSON'
