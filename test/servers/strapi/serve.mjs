// Strapi with its own users, refresh tokens that rotate in a cookie, and no admin panel, on SQLite in a folder of its own.
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Its modules for `import` do not load in Node.js.
const { createStrapi } = createRequire(import.meta.url)('@strapi/strapi')

const app = mkdtempSync(join(tmpdir(), 'latchkey-strapi-'))
const here = dirname(fileURLToPath(import.meta.url))
symlinkSync(join(here, 'node_modules'), join(app, 'node_modules'), 'junction')
for (const folder of ['config', 'src/api', 'public/uploads', 'database/migrations'])
  mkdirSync(join(app, folder), { recursive: true })

const MIDDLEWARES = ['errors', 'security', 'cors', 'query', 'body', 'session', 'favicon', 'public']
const CONFIG = {
  server: { host: '127.0.0.1', app: { keys: ['a-key'] } },
  admin: { auth: { secret: 'a-secret' }, apiToken: { salt: 'a-salt' } },
  database: {
    connection: { client: 'sqlite', connection: { filename: 'data.db' }, useNullAsDefault: true },
  },
  middlewares: MIDDLEWARES.map((name) => `strapi::${name}`),
  plugins: {
    'users-permissions': {
      config: {
        jwtSecret: 'a-secret',
        jwtManagement: 'refresh',
        sessions: { accessTokenLifespan: 600, httpOnly: true },
        ratelimit: { enabled: false },
      },
    },
  },
}
for (const [name, value] of Object.entries(CONFIG))
  writeFileSync(join(app, `config/${name}.js`), `module.exports = ${JSON.stringify(value)}`)
const dependencies = { '@strapi/plugin-users-permissions': '*' }
writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', dependencies, strapi: {} }))
writeFileSync(join(app, 'favicon.png'), '')

const strapi = await createStrapi({ appDir: app, distDir: app, serveAdminPanel: false }).load()
const query = (name) => strapi.db.query(`plugin::users-permissions.${name}`)
const role = await query('role').findOne({ where: { type: 'authenticated' } })
for (const name of ['auth.logout', 'user.me']) {
  const allowed = { action: `plugin::users-permissions.${name}`, role: role.id }
  if (!(await query('permission').findOne({ where: allowed })))
    await query('permission').create({ data: allowed })
}
for (const username of ['alice', 'bob'])
  await strapi
    .plugin('users-permissions')
    .service('user')
    .add({
      ...{ username, email: `${username}@example.com`, password: `${username}-password` },
      ...{ provider: 'local', confirmed: true, role: role.id },
    })

strapi.server.mount()
const server = createServer(strapi.server.app.callback())
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
