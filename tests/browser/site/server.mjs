// SPDX-License-Identifier: MIT
//
// Sites that want passkeys, for real browsers: http on localhost and https on example.com's names, with
// @simplewebauthn/server, which has nothing to do with hybridd, as the judge. Prints the two ports.
//
//         node server.mjs KEY.pem CERTIFICATE.pem FOLDER_OF_PAGES

import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import {
    generateAuthenticationOptions,
    generateRegistrationOptions,
    verifyAuthenticationResponse,
    verifyRegistrationResponse,
} from '@simplewebauthn/server';

const [keyFile, certificateFile, pages] = process.argv.slice(2);
const TYPES = { html: 'text/html', js: 'text/javascript' };
// The challenge that was handed out last, and what was registered, for each RP.
const sites = new Map();

function siteOf(request) {
    const host = request.headers.host.replace(/:\d+$/, '');
    const rpID = host.endsWith('example.com') ? 'example.com' : host;
    if (!sites.has(rpID)) {
        sites.set(rpID, { rpID, credentials: new Map() });
    }
    return sites.get(rpID);
}

const actions = {
    async 'registration-options'(site, options) {
        site.options = await generateRegistrationOptions({
            rpName: 'Example', rpID: site.rpID, userName: 'user',
            excludeCredentials: options.exclude ? [...site.credentials.values()] : [],
        });
        return { ...site.options, ...options.more };
    },
    async 'sign-in-options'(site, options) {
        site.options = await generateAuthenticationOptions({
            rpID: site.rpID,
            allowCredentials: options.allow ? [...site.credentials.values()] : [],
        });
        return { ...site.options, ...options.more };
    },
    async 'verify-registration'(site, { origin, response }) {
        const { registrationInfo, verified } = await verifyRegistrationResponse({
            expectedChallenge: site.options.challenge, expectedOrigin: origin, expectedRPID: site.rpID,
            response,
        });
        if (verified) {
            site.credentials.set(registrationInfo.credential.id, registrationInfo.credential);
        }
        return { verified };
    },
    async 'verify-sign-in'(site, { origin, response, topOrigin }) {
        const { verified } = await verifyAuthenticationResponse({
            credential: site.credentials.get(response.id), expectedChallenge: site.options.challenge,
            expectedOrigin: origin, expectedRPID: site.rpID, response,
        });
        return { verified, topOrigin };
    },
};

async function readBody(request) {
    let text = '';
    for await (const part of request) {
        text += part;
    }
    return JSON.parse(text);
}

async function act(request, response) {
    try {
        const done = await actions[request.url.slice(1)](siteOf(request), await readBody(request));
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(done));
    } catch (error) {
        response.writeHead(400, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ error: error.message }));
    }
}

function serve(request, response) {
    if (request.method === 'POST') {
        return act(request, response);
    }
    const name = request.url === '/' ? 'index.html' : request.url.slice(1).split('?')[0];
    const type = TYPES[name.split('.').pop()];
    if (!type || name.includes('/')) {
        response.writeHead(404).end();
        return undefined;
    }
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' });
    response.end(readFileSync(join(pages, name)));
    return undefined;
}

const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
const servers = [createHttpServer(serve), createHttpsServer(tls, serve)];
for (const server of servers) {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
console.log(servers.map((server) => server.address().port).join(' '));
process.stdin.resume().on('end', () => process.exit(0));
