// SPDX-License-Identifier: MIT
//
// A relying party on stdin and stdout: one JSON object a line, {"do": …}, and one in answer. Options
// are made and answers verified by @simplewebauthn/server, which has nothing to do with hybridd.

import { createInterface } from 'node:readline';
import {
    generateAuthenticationOptions,
    generateRegistrationOptions,
    verifyAuthenticationResponse,
    verifyRegistrationResponse,
} from '@simplewebauthn/server';

const rpID = 'example.com';
const credentials = new Map();

async function verifyRegistration({ response, challenge, origin, requireUserVerification }) {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: rpID,
        requireUserVerification,
    });
    if (verified) {
        credentials.set(registrationInfo.credential.id, registrationInfo.credential);
    }
    return {
        verified,
        id: registrationInfo?.credential.id,
        aaguid: registrationInfo?.aaguid,
        fmt: registrationInfo?.fmt,
        userVerified: registrationInfo?.userVerified,
        transports: registrationInfo?.credential.transports,
    };
}

async function verifyAuthentication({ response, challenge, origin, requireUserVerification }) {
    const credential = credentials.get(response.id);
    if (!credential) {
        throw new Error(`no such credential: ${response.id}`);
    }
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: rpID,
        credential,
        requireUserVerification,
    });
    return { verified, userVerified: authenticationInfo.userVerified };
}

const actions = {
    'registration-options': ({ options }) =>
        generateRegistrationOptions({ rpName: 'Example', rpID, userName: 'user', ...options }),
    'authentication-options': ({ options }) => generateAuthenticationOptions({ rpID, ...options }),
    'verify-registration': verifyRegistration,
    'verify-authentication': verifyAuthentication,
};

for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
        console.log(JSON.stringify({ result: await actions[request.do](request) }));
    } catch (error) {
        console.log(JSON.stringify({ error: error.message }));
    }
}
