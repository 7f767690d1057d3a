/**
 * Takes secrets out of a text that came from outside: a host's error message may repeat what it was sent. Beside the
 * whole value each of its longer lines is taken out, because programs quote single lines; so is the form in which a
 * shell word spells a single quote.
 */
import type { Secret } from "./secret";

/** Shorter pieces are left alone: masking each "a" would make the message unreadable and the masked places telling. */
const SHORTEST_PIECE = 4;

export function maskSecrets(text: string, secrets: readonly Secret<string>[]): string {
  return piecesOf(secrets).reduce((masked, piece) => masked.replaceAll(piece, "[secret]"), text);
}

/** Longest first, so that no piece leaves a rest of a longer one behind. */
function piecesOf(secrets: readonly Secret<string>[]): readonly string[] {
  const wholes = secrets.map((secret) => secret.reveal());
  const pieces = [...wholes, ...wholes.flatMap((whole) => whole.split("\n"))].flatMap((piece) => [piece.trim(), piece.trim().replaceAll("'", `'\\''`)]);
  return [...new Set(pieces)].filter((piece) => piece.length >= SHORTEST_PIECE).sort((a, b) => b.length - a.length);
}
