// SPDX-License-Identifier: MIT
//
// Who answers a page, and what pages are told: the pure parts of the extensions.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// What the modules expect of a browser when they are read.
globalThis.chrome = {};

// Browsers are told which scripts are modules; Debian 12's node goes by the name, and takes these for others.
async function load(path) {
    const text = readFileSync(new URL(`../../browser/${path}`, import.meta.url), 'utf8');
    return import(`data:text/javascript,${encodeURIComponent(text)}`);
}

const { decide } = await load('firefox/decision.js');
const { siteError } = await load('common/site-errors.js');

const ask = { choice: 'ask', frames: false };
const phone = { choice: 'phone', frames: false };
const browser = { choice: 'browser', frames: false };

function asked(options = {}, more = {}) {
    return { kind: 'get', options, crossOrigin: false, active: true, ...more };
}

test('the remembered choice', () => {
    assert.equal(decide(asked(), ask), 'ask');
    assert.equal(decide(asked(), phone), 'phone');
    assert.equal(decide(asked(), browser), 'browser');
});

test('hints: the first that is known', () => {
    const cases = [
        [['hybrid'], 'phone'], [['security-key'], 'browser'], [['client-device'], 'browser'],
        [['hybrid', 'security-key'], 'phone'], [['security-key', 'hybrid'], 'browser'],
        [['unknown', 'hybrid'], 'phone'], [['unknown'], 'ask'], [[], 'ask'],
    ];
    for (const [hints, wanted] of cases) {
        assert.equal(decide(asked({ hints }), ask), wanted, hints.join());
    }
    assert.equal(decide(asked({ hints: ['hybrid'] }), browser), 'browser');
    assert.equal(decide(asked({ hints: ['security-key'] }), phone), 'browser');
});

test('what no phone can do is the browser’s', () => {
    const platform = { authenticatorSelection: { authenticatorAttachment: 'platform' } };
    const roaming = { authenticatorSelection: { authenticatorAttachment: 'cross-platform' } };
    assert.equal(decide(asked(platform, { kind: 'create' }), phone), 'browser');
    assert.equal(decide(asked(roaming, { kind: 'create' }), phone), 'phone');
    assert.equal(decide(asked({ hints: ['hybrid'], ...platform }, { kind: 'create' }), phone), 'browser');

    const of = (...all) => ({ allowCredentials: all.map((transports) => ({ id: 'AA', transports })) });
    assert.equal(decide(asked(of(['usb'])), phone), 'browser');
    assert.equal(decide(asked(of(['internal'], ['usb', 'nfc'])), phone), 'browser');
    assert.equal(decide(asked(of(['usb'], ['internal', 'hybrid'])), phone), 'phone');
    assert.equal(decide(asked(of(['usb'], [])), phone), 'phone');
    assert.equal(decide(asked({ allowCredentials: [{ id: 'AA' }] }), phone), 'phone');
    assert.equal(decide(asked({ allowCredentials: [] }), phone), 'phone');
});

test('frames of other sites', () => {
    const frames = { choice: 'phone', frames: true };
    for (const kind of ['create', 'get']) {
        assert.equal(decide(asked({ hints: ['hybrid'] }, { kind, crossOrigin: true }), phone), 'browser');
    }
    assert.equal(decide(asked({}, { crossOrigin: true }), frames), 'phone');
    assert.equal(decide(asked({}, { kind: 'create', crossOrigin: true }), frames), 'browser');
});

test('no window comes by itself', () => {
    assert.equal(decide(asked({}, { active: false }), phone), 'ask');
    assert.equal(decide(asked({ hints: ['hybrid'] }, { active: false }), ask), 'ask');
    assert.equal(decide(asked({}, { active: false }), browser), 'browser');
});

test('pages are told a name, and nothing of the phone', () => {
    const failures = [
        ['NotAllowedError', 'no-passkey'], ['NotAllowedError', 'declined'], ['NotAllowedError', 'timeout'],
    ];
    const told = failures.map(([error, cause]) => siteError({ error, cause, message: 'the phone said no' }));
    assert.equal(new Set(told.map(({ message }) => message)).size, 1);
    for (const { name } of told) {
        assert.equal(name, 'NotAllowedError');
    }
    for (const name of ['AbortError', 'InvalidStateError', 'SecurityError', 'TypeError', 'NotSupportedError',
        'ConstraintError']) {
        assert.equal(siteError({ error: name, cause: 'x' }).name, name);
    }
    assert.equal(siteError({ error: 'NotAllowedError', cause: 'daemon-gone' }).name, 'UnknownError');
    assert.equal(siteError({ error: 'Made up', cause: 'x' }).name, 'UnknownError');
    assert.equal(siteError({ error: 'toString', cause: 'x' }).name, 'UnknownError');
});
