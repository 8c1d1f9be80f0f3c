import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path/posix'
import { defineConfig } from 'vitepress'
import { sidebar } from './sidebar.mjs'
import { slugOf } from './slug.ts'

const root = join(import.meta.dirname.replaceAll('\\', '/'), '../..')
const { description, version, repository } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const REPOSITORY = repository.url.replace(/^git\+|\.git$/g, '')
const isUnreleased = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(
  `## ${version} (unreleased)`,
)

/** The site. Its pages are written to be read on a code host as well, so what the site needs beyond that is done here. */
export default defineConfig({
  title: 'latchkey',
  description,
  lang: 'en',
  cleanUrls: true,
  rewrites: { 'README.md': 'index.md', 'examples/README.md': 'examples/index.md' },
  // A dead link fails the build, and test/unit/links.test.ts looks at those that lead to headings or out of this folder.
  ignoreDeadLinks: false,
  // The index that the search downloads when it is opened is larger than the 500 kB of which Vite warns.
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  markdown: {
    anchor: { slugify: slugOf },
    config: (markdown) => markdown.core.ruler.push('links-out', leadOut),
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/guides/requests' },
      { text: 'API', link: '/api/' },
      {
        text: isUnreleased ? `${version} (unreleased)` : version,
        items: [
          { text: 'Changelog', link: `${REPOSITORY}/blob/main/CHANGELOG.md` },
          // The pages of a release are the folder docs of its tag.
          { text: 'Other versions', link: `${REPOSITORY}/tags` },
        ],
      },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Edit this page' },
  },
})

/** Links that lead to no page of this folder go to the code host. */
function leadOut({ tokens, env }) {
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    const href = token.type === 'link_open' ? token.attrGet('href') : null
    if (href === null || /^([a-z]+:|[#/])/.test(href)) continue
    const path = normalize(join('docs', env.relativePath, '..', href))
    if (!/^docs\/.*\.md(#|$)/.test(path)) token.attrSet('href', `${REPOSITORY}/blob/main/${path}`)
  }
}
