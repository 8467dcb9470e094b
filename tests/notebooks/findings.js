// What is in the way of a reader who does not see, does not point, or sees little contrast: a list of sentences.
(() => {
  const found = []
  const all = selector => [...document.querySelectorAll(selector)]
  const say = (what, element) => found.push(`${what}: ${(element?.outerHTML ?? "").slice(0, 120)}`)
  const check = (selector, what, isRight) => all(selector).filter(one => !isRight(one)).forEach(one => say(what, one))

  if (!document.documentElement.lang) say("no language")
  if (!document.title.trim()) say("no title")
  for (const one of ["h1", "header", "nav", "main"]) if (all(one).length !== 1) say(`not exactly one ${one}`)
  if (/maximum-scale|user-scalable/.test(document.querySelector("meta[name=viewport]").content)) say("zoom is barred")
  all("h1, h2, h3, h4, h5, h6").reduce((before, one) => {
    const level = Number(one.localName[1])
    if (level > before + 1) say("a level of headings is left out", one)
    return level
  }, 0)
  check("img", "no alternative text", one => one.alt.length > 20)
  check("a, summary, h1, h2, h3", "no name", one => one.textContent.trim())
  check("[tabindex]", "another order than the eye's", one => one.tabIndex <= 0)
  check("nav", "unnamed", one => one.ariaLabel)
  check("th", "heading without scope or text", one => one.scope && one.textContent.trim())
  check("table", "no heading row", one => one.tHead?.querySelector("th"))
  check("table", "no caption", one => one.caption?.textContent || one.closest("details")?.querySelector("summary"))
  check("details", "nothing to unfold it by", one => one.firstElementChild.localName === "summary")
  const ids = all("[id]").map(one => one.id)
  if (new Set(ids).size !== ids.length) say("an id is used twice")
  check("*", "scrolls, but not by keyboard", one => {
    const scrolls = /auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1
    return !scrolls || one.tabIndex >= 0
  })

  const numbers = colour => colour.match(/[\d.]+/g).map(Number)
  const luminance = colour => {
    const [red, green, blue] = numbers(colour).map(one => one / 255)
      .map(one => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const paper = one => {
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor
      if ((numbers(colour)[3] ?? 1) === 1) return colour
    }
    return "rgb(255, 255, 255)"
  }
  const contrast = (first, second) => {
    const [light, dark] = [luminance(first), luminance(second)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
  const written = all("body *").filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  for (const one of written) {
    const ratio = contrast(getComputedStyle(one).color, paper(one))
    if (ratio < 4.5) say(`contrast ${ratio.toFixed(2)}`, one)
    for (let at = one; at; at = at.parentElement) if (getComputedStyle(at).opacity !== "1") say("see-through", one)
  }
  return found
})()
