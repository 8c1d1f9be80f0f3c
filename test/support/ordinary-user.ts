/** A user of the ordinary server. */
export const ORDINARY_USER = { username: 'alice', password: 'correct horse battery staple' }
