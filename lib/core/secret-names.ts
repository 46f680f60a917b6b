/**
 * Names whose values are secrets, without regard to case, `_`, `-` or what stands before them: `access_token`,
 * `botToken` and `BITRIX_APPLICATION_TOKEN` all end in `token`. Plurals (`total_tokens`) are figures, not secrets.
 */
const secretEndings = [
  'accesskey',
  'apikey',
  'authid',
  'authorization',
  'clientid',
  'cookie',
  'downloadurl',
  'encryptionkey',
  'passphrase',
  'passwd',
  'password',
  'privatekey',
  'redisurl',
  'refreshid',
  'secret',
  'secretkey',
  'sessid',
  'signature',
  'token',
  'urlmachine',
  'webhookurl',
];

export function isSecretName(name: string): boolean {
  const plain = name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  return plain === 'auth' || plain === 'pwd' || secretEndings.some((ending) => plain.endsWith(ending));
}
