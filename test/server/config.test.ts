import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../demo/config.ts'

describe('settings', () => {
  test('have defaults', () => {
    expect(readConfig({})).toMatchObject({
      mode: 'rotating',
      accessTtlS: 600,
      renewTtlS: 7 * 24 * 3600,
      softTtlS: 300,
      visitorsPerAddress: 100,
      refreshTtlS: 7 * 24 * 3600,
      idleTtlS: 400 * 24 * 3600,
      sessionTtlS: 30 * 24 * 3600,
      graceS: 0,
      allowedHosts: [],
      allowedOrigins: [],
      databaseUrl: undefined,
      dataDir: join(import.meta.dirname, '../../demo/.data'),
      passwordCost: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
    })
  })

  test('come from the environment', () => {
    const config = readConfig({
      PORT: '0',
      MODE: 'soft',
      ACCESS_TTL_S: '5',
      RENEW_TTL_S: '90',
      VISITORS_PER_ADDRESS: '3',
      REFRESH_TTL_S: '20',
      IDLE_TTL_S: '15',
      SESSION_TTL_S: '60',
      GRACE_S: '0',
      ALLOWED_HOSTS: 'app.example, api.example',
      ALLOWED_ORIGINS: 'https://app.example, http://localhost:5173',
    })
    expect(config).toMatchObject({
      port: 0,
      mode: 'soft',
      accessTtlS: 5,
      renewTtlS: 90,
      softTtlS: 3,
      visitorsPerAddress: 3,
      refreshTtlS: 20,
      idleTtlS: 15,
      sessionTtlS: 60,
      graceS: 0,
      allowedHosts: ['app.example', 'api.example'],
      allowedOrigins: ['https://app.example', 'http://localhost:5173'],
    })
  })

  test.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['MODE', 'slidding'],
    ['MODE', ''],
    ['RENEW_TTL_S', '0'],
    ['SOFT_TTL_S', '601'],
    ['SOFT_TTL_S', '0'],
    ['VISITORS_PER_ADDRESS', 'many'],
    ['ACCESS_TTL_S', '0'],
    ['ACCESS_TTL_S', '10m'],
    ['ACCESS_TTL_S', '1.5'],
    ['REFRESH_TTL_S', '-1'],
    ['IDLE_TTL_S', '0'],
    ['SESSION_TTL_S', ''],
    ['SESSION_TTL_S', '99999999'],
    ['GRACE_S', '-1'],
    ['ALLOWED_HOSTS', 'app.example:8080'],
    ['ALLOWED_HOSTS', 'https://app.example'],
    ['ALLOWED_HOSTS', '*'],
    ['ALLOWED_HOSTS', 'App.example'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'https://app.example/'],
    ['ALLOWED_ORIGINS', 'app.example'],
  ])('name the variable that cannot be used: %s=%s', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name)
  })
})
