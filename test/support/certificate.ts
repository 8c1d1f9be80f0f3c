import { generate } from 'selfsigned'

/** A key, and a certificate for `localhost` that no authority has signed, as PEM. A server of HTTP/2 needs them. */
export async function untrustedCertificate(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // Chromium accepts no certificate without extensions, trusted or not.
    extensions: [
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  })
  return { key, cert }
}
