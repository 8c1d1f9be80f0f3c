import '../page.ts'
import { download } from './download'
import { show } from './image'

declare global {
  interface Window {
    /** Shows an image. Resolves to its width once it is there. */
    showImage(url: string): Promise<number>
    download: typeof download
  }
}

window.showImage = async (url) => {
  const image = document.createElement('img')
  document.body.append(image)
  await show(image, url)
  await image.decode()
  return image.naturalWidth
}
window.download = download
