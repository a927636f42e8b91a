#!/usr/bin/zsh -f
# SPDX-License-Identifier: MIT
# complete.zsh FOLDER LINE: what an interactive zsh, with the completions of FOLDER, offers or makes of LINE when Tab is pressed.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT= RPROMPT=; stty -echo; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; setopt no_beep list_rows_first"
zpty -w shell 'LISTMAX=0; zstyle ":completion:*" list-prompt ""; zstyle ":completion:*" menu no'
zpty -w shell 'show() { print -r -- "<""<$BUFFER>"">"; BUFFER=; }; zle -N show; bindkey "^X" show; bindkey "^I" expand-or-complete'
zpty -w shell 'print re''ady'
zpty -r shell output '*ready*'
zpty -n -w shell "$2"$'\t'
zpty -n -w shell $'\x18'
zpty -r shell output '*>>*'
print -r -- "$output"
zpty -d shell
