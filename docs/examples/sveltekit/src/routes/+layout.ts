// The pages are rendered when they are built. The session begins in the browser.
export const prerender = true
