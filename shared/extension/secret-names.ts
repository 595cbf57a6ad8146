/** True for names of variables and build arguments that usually hold a secret (PASSWORD, API_TOKEN, BOSDYN_CLIENT_USERNAME ...). */
export function looksSecret(name: string): boolean {
  if (/^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/i.test(name)) return true;
  return /(^|_|-)(password|passwd|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)($|_|-|\d)/i.test(
    name.replace(/([a-z])([A-Z])/g, '$1_$2'),
  );
}
