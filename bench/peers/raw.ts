/** The bare limit: one OpenSSH connection that sends one script, which writes only what differs. */
import { unitFolder, unitService, type Unit } from "../unit";

/** POSIX shell for root: compare everything in one pass, then write, load and reload only when something differs. */
export function rawScript(unit: Unit): string {
  const files = unit.files.map(
    (file) => `put ${file.path} ${file.mode} <<'BODY'\n${file.content}BODY`,
  );
  return `set -e
changed=
put() {
  cat > "$1.new"
  if cmp -s "$1.new" "$1" && [ "$(stat -c %a "$1")" = "\${2#0}" ]; then rm "$1.new"; else chmod "$2" "$1.new"; mv "$1.new" "$1"; changed=1; fi
}
${files.join("\n")}
put ${unitFolder}/ruleset.nft 0600 <<'BODY'
${unit.ruleset}BODY
if [ -n "$changed" ]; then nft -f ${unitFolder}/ruleset.nft; systemctl reload ${unitService}; fi
`;
}
