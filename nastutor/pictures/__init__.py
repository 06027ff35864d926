"""What `nt.draw`, `nt.plot` and the widgets draw with: sketch -> placing, columns -> picture (SVG); figures (matplotlib); style for all."""
