# SPDX-License-Identifier: MIT
# bash completion for hybridctl(1)

_hybridctl() {
    local cur prev words cword split command
    _init_completion -s -n : || return

    local site='--origin= --top-origin= --request= --rp= --prf= --phone= --remember --turn-on-bluetooth --qr-png= --json --help'
    local demo='--profile= --linked --keep --log-level= --qr-png= --json --help'

    command=${words[1]}
    if [[ $cword -eq 1 ]]; then
        COMPREPLY=($(compgen -W 'create get demo doctor phones policy --help --version' -- "$cur"))
        return
    fi

    case $prev in
        --request | --qr-png)
            _filedir
            return
            ;;
        --folder)
            _filedir -d
            return
            ;;
        --profile)
            COMPREPLY=($(compgen -W 'android iphone plain' -- "$cur"))
            return
            ;;
        --log-level)
            COMPREPLY=($(compgen -W 'error warning notice info debug' -- "$cur"))
            return
            ;;
        --user)
            COMPREPLY=($(compgen -u -- "$cur"))
            return
            ;;
        --origin | --top-origin | --rp | --prf)
            return
            ;;
    esac
    $split && return

    case $command in
        create) COMPREPLY=($(compgen -W "$site --user=" -- "$cur")) ;;
        get) COMPREPLY=($(compgen -W "$site" -- "$cur")) ;;
        demo) COMPREPLY=($(compgen -W "$demo" -- "$cur")) ;;
        policy)
            if [[ $cword -eq 2 ]]; then
                COMPREPLY=($(compgen -W 'show check --help' -- "$cur"))
            elif [[ ${words[2]} == check && $cur != -* ]]; then
                _filedir conf
            elif [[ ${words[2]} == check ]]; then
                COMPREPLY=($(compgen -W '--json --help' -- "$cur"))
            else
                COMPREPLY=($(compgen -W '--folder= --json --help' -- "$cur"))
            fi
            ;;
        phones)
            if [[ $cword -eq 2 ]]; then
                COMPREPLY=($(compgen -W 'list rename forget --json --help' -- "$cur"))
            else
                COMPREPLY=($(compgen -W '--json --help' -- "$cur"))
            fi
            ;;
        doctor) COMPREPLY=($(compgen -W '--json --help' -- "$cur")) ;;
    esac
    [[ ${COMPREPLY-} == *= ]] && compopt -o nospace
} &&
    complete -F _hybridctl hybridctl
