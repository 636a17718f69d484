/*
 * Each hands the words before the cursor, then the one at it, to the hidden command `complete` of the program that is
 * typed, which answers a candidate a line, with what it is after a tab; `:files` asks for files.
 */

const BASH = `# bash completion for spec-kitty-tracker; load it with: source <(spec-kitty-tracker completion bash)
_spec_kitty_tracker() {
  local line words
  COMPREPLY=()
  # --option=value is three words here; the program knows.
  words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]#=}")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _spec_kitty_tracker spec-kitty-tracker
`;

const ZSH = `#compdef spec-kitty-tracker
# zsh completion for spec-kitty-tracker; load it with: source <(spec-kitty-tracker completion zsh)
_spec_kitty_tracker() {
  local line
  local -a candidates shown
  for line in "\${(@f)$("\${words[1]/#\\~/$HOME}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
    elif [[ -n $line ]]; then
      candidates+=("\${line%%$'\\t'*}")
      shown+=("\${line/$'\\t'/  -- }")
    fi
  done
  (( $#candidates )) && compadd -l -d shown -- "\${candidates[@]}"
}
if [[ $funcstack[1] == _spec_kitty_tracker ]]; then
  _spec_kitty_tracker "$@"
else
  compdef _spec_kitty_tracker spec-kitty-tracker
fi
`;

const FISH = `# fish completion for spec-kitty-tracker; load it with: spec-kitty-tracker completion fish | source
function __spec_kitty_tracker
    set -l words (commandline -opc) (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    for line in ($program complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c spec-kitty-tracker -f -a '(__spec_kitty_tracker)'
`;

/** Undefined for a shell that has none. */
export function completionScript(shell: string): string | undefined {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}
