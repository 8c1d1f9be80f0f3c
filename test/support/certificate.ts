import { generate } from 'selfsigned'

/** A key, and a certificate for `localhost` that nobody trusts, as PEM: what a server of HTTP/2 needs. */
export async function untrustedCertificate(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // Chromium takes no certificate without extensions, trusted or not.
    extensions: [
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  })
  return { key, cert }
}
