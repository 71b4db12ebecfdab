# SPDX-License-Identifier: MIT
# fish completion for hybrid-ble(1)

set -l air '__fish_seen_subcommand_from scan advertise'
set -l advertise '__fish_seen_subcommand_from advertise'
set -l proximity '__fish_seen_subcommand_from proximity'

complete -c hybrid-ble -f
complete -c hybrid-ble -n __fish_use_subcommand -a adapters -d 'Show what Bluetooth adapters there are'
complete -c hybrid-ble -n __fish_use_subcommand -a scan -d 'Hear the adverts of phones'
complete -c hybrid-ble -n __fish_use_subcommand -a advertise -d 'Send an advert'
complete -c hybrid-ble -n __fish_use_subcommand -a proximity -d 'Measure how well one adapter hears another'
complete -c hybrid-ble -l help -d 'Show help'
complete -c hybrid-ble -l version -d 'Show the version'
complete -c hybrid-ble -l json -d 'Tell what happens as JSON'

complete -c hybrid-ble -n $air -l ble -x -a 'bluez hci none loopback:' -d 'Radio'
complete -c hybrid-ble -n $air -l seconds -x -d 'End after so long'
complete -c hybrid-ble -n '__fish_seen_subcommand_from scan' -l key -r -F -d 'Mark what this EID key opens'
complete -c hybrid-ble -n $advertise -l data -x -d 'Service data'
complete -c hybrid-ble -n "$advertise; or $proximity" -l uuid -x -a 'fff9 fde2' -d 'UUID'

complete -c hybrid-ble -n $proximity -l rx -x -a 'hci0 hci1' -d 'Who hears'
complete -c hybrid-ble -n $proximity -l tx -x -a 'hci0 hci1' -d 'Who sends'
complete -c hybrid-ble -n $proximity -l count -x -d 'So many adverts'
complete -c hybrid-ble -n $proximity -l timeout -x -d 'When one counts as lost'
complete -c hybrid-ble -n $proximity -l csv -r -F -d 'A line for each advert'
complete -c hybrid-ble -n $proximity -l plot -r -F -d 'A picture of it'
