// An OpenID provider on loopback, for tests.
//
//     provider.mjs KEYS PORT
//
// KEYS is a file of private keys, made if it is not there. It says `ready` and its issuer when it
// listens, and ends when stdin does.
//
// What tokens look like is said by the one who asks for them, in the resource indicator (RFC 8707):
// https://resource.example.test/?audience=A&algorithm=RS256&format=jwt&ttl=SECONDS
//
// POST /keys?old=kept and /keys?old=dropped rotate the signing keys.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

// NODE_PATH says where the packages are; `import` does not look there.
const { Provider } = createRequire(import.meta.url)('oidc-provider');

const [keysFile, port] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const redirectUri = 'http://127.0.0.1:9/callback';
const users = { alice: ['admins', 'devs'], bob: ['devs'] };

const newKey = (algorithm, ...parameters) => ({
  ...generateKeyPairSync(...parameters).privateKey.export({ format: 'jwk' }),
  kid: `${algorithm}-${randomUUID()}`,
  use: 'sig',
  alg: algorithm,
});
// The first key of an algorithm is the one that signs.
const newKeys = () => [
  newKey('RS256', 'rsa', { modulusLength: 2048 }),
  newKey('ES256', 'ec', { namedCurve: 'P-256' }),
];

let keys;
let answer;

function use(these) {
  keys = these;
  writeFileSync(keysFile, JSON.stringify(keys), { mode: 0o600 });
  // Sessions and opaque tokens are kept outside of it, by the process.
  answer = new Provider(issuer, configuration()).callback();
}

const configuration = () => ({
  jwks: { keys },
  clients: [
    {
      client_id: 'worker',
      client_secret: 'worker-secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
    {
      client_id: 'app',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
      response_types: ['code'],
    },
    // The one that asks about opaque tokens.
    { client_id: 'gate', client_secret: 'gate-secret', grant_types: [], redirect_uris: [], response_types: [] },
  ],
  cookies: { keys: [randomUUID()] },
  scopes: ['openid', 'groups'],
  claims: { openid: ['sub'], groups: ['groups'] },
  conformIdTokenClaims: false,
  findAccount: (_, sub) => users[sub] && { accountId: sub, claims: () => ({ sub, groups: users[sub] }) },
  extraTokenClaims: (_, token) => ({ groups: users[token.accountId] ?? ['workers'] }),
  pkce: { required: () => true },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600, IdToken: 600 },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_, client) => client.clientId === 'gate' },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => {
        const wanted = new URL(resource).searchParams;
        return {
          audience: wanted.get('audience'),
          scope: 'openid groups read write',
          accessTokenFormat: wanted.get('format'),
          accessTokenTTL: Number(wanted.get('ttl')),
          jwt: { sign: { alg: wanted.get('algorithm') } },
        };
      },
    },
  },
});

const server = createServer((request, response) => {
  if (request.url.startsWith('/keys?')) {
    use([...newKeys(), ...(request.url.endsWith('old=kept') ? keys : [])]);
    response.end();
  } else {
    answer(request, response);
  }
});
use(existsSync(keysFile) ? JSON.parse(readFileSync(keysFile)) : newKeys());
server.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));

process.on('SIGTERM', () => process.exit());
process.stdin.on('end', () => process.exit()).resume();
