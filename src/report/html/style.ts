// The style of the page: light, dark, narrow and print from one set of colours; contrast of text is 4.5 or more in each.
// The policy of the page allows this text by its hash, which a test tells where it is changed.

export const STYLE_HASH = 'sha256-o4x05Nac2PfRC83umIG4eq9JzzYIWDwdKKg5bUfVMXw=';

export const STYLE = `:root{--ground:#f4f5f7;--card:#fff;--sunk:#f7f8fa;--text:#1b222c;--dim:#56606e;--edge:#dde1e7;--link:#1a56b0;
--bad:#a3211a;--bad-soft:#fce9e7;--bad-full:#bf2c24;--good:#176338;--good-soft:#e3f3e8;--warn:#744b00;--warn-soft:#fff1d4;--note:#1a4f96;--note-soft:#e6effb;
--listed:#9bb4d6;--right:#2f9a5d;--wrong:#d23b32;--refused:#c9d0d9;--sent:#1b222c;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--ground:#0e1217;--card:#161b22;--sunk:#11161c;--text:#e4e9ef;--dim:#9ba7b5;--edge:#2a323c;--link:#8ab8ff;
--bad:#ff9d94;--bad-soft:#3b1a19;--bad-full:#b3261e;--good:#85dca4;--good-soft:#14301f;--warn:#f2c76d;--warn-soft:#35290e;--note:#a3c9ff;--note-soft:#15273f;
--listed:#4a6890;--right:#3fae6e;--wrong:#ee5a50;--refused:#3d4753;--sent:#e4e9ef}}
*{box-sizing:border-box}
html{color-scheme:light dark;scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
code,.talk,h2{font-family:var(--mono);font-size:.9em}
h1,h2,h3,h4,p,ul,ol,dl{margin:0}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.top,main{max-width:68rem;margin:0 auto;padding:0 1.5rem}
.top{padding-top:2.5rem;padding-bottom:1.75rem}
.brand{font-weight:700;letter-spacing:.02em;color:var(--dim);margin-bottom:.75rem}
.brand::before{content:"";display:inline-block;width:.7rem;height:.7rem;border-radius:50%;margin-right:.5rem;background:var(--dim)}
.top.bad .brand::before{background:var(--wrong)}.top.good .brand::before{background:var(--right)}.top.warn .brand::before{background:#d39a1c}
h1{font-size:clamp(1.35rem,1rem + 1.8vw,2rem);line-height:1.25;font-weight:680;letter-spacing:-.01em;max-width:46rem;text-wrap:balance}
.chips{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-top:.9rem}
.when{color:var(--dim);font-size:.9rem;margin-top:.9rem}
.chip{display:inline-flex;align-items:baseline;gap:.4em;padding:.12em .65em;border-radius:99rem;font-size:.85rem;font-weight:620;white-space:nowrap;background:var(--sunk);color:var(--dim);border:1px solid var(--edge);border-color:color-mix(in srgb,currentColor 22%,transparent)}
.chip.bad{background:var(--bad-soft);color:var(--bad)}.chip.good{background:var(--good-soft);color:var(--good)}.chip.warn{background:var(--warn-soft);color:var(--warn)}.chip.note{background:var(--note-soft);color:var(--note)}
.sign{font-weight:700}
.under{display:inline-block;color:var(--dim);font-size:.82rem;font-weight:400}
article{background:var(--card);border:1px solid var(--edge);border-radius:14px;padding:1.75rem;margin-bottom:1.75rem;box-shadow:0 1px 3px rgb(20 30 50/.06);border-top:5px solid var(--right)}
article.bad{border-top-color:var(--wrong)}article.warn{border-top-color:#d39a1c}
h2{font-size:1.25rem;line-height:1.3;font-weight:650}
.summary{margin-top:.7rem;max-width:50rem}
h3{font-size:1.02rem;font-weight:660;margin:0 0 .8rem}
h4{font-size:.82rem;font-weight:660;color:var(--dim);margin:0 0 .4rem}
section{margin-top:2.1rem}
section ul:not([class]){padding-left:1.2rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.85rem 2rem;margin-top:1.3rem;padding:1rem 1.2rem;background:var(--sunk);border-radius:10px}
dt{font-size:.8rem;color:var(--dim)}dd{margin:0}
.overview{list-style:none;padding:0;margin:0 0 1.75rem;display:grid;gap:.5rem}
.overview li{display:flex;flex-wrap:wrap;gap:.4rem .6rem;align-items:center;padding:.6rem 1rem;background:var(--card);border:1px solid var(--edge);border-radius:10px}
.overview a{font-family:var(--mono);font-size:.9rem;margin-right:auto}
.scroll{position:relative;overflow-x:auto;margin:0 -.3rem;padding:0 .3rem .3rem}
.matrix{border-collapse:separate;border-spacing:3px;min-width:60%;font-size:.92rem}
.matrix th{text-align:left;font-weight:600;padding:.35rem .6rem}
.matrix thead th:first-child{padding-left:0}
.matrix thead th{font-size:.82rem;color:var(--dim);vertical-align:bottom}
.matrix tbody th{min-width:10rem;max-width:16rem;padding-left:0;position:sticky;left:-.3rem;background:var(--card)}
.matrix tbody th .under,.matrix td .under{display:block}
.matrix td{min-width:7.6rem;border-radius:8px;background:var(--sunk);padding:0}
.cell{display:block;padding:.4rem .65rem;border-radius:8px;color:inherit;text-decoration:none}
a.cell:hover .word{text-decoration:underline}
.cell .sign{display:inline-block;min-width:1.1em}
.cell .word{font-weight:640}
.matrix td.good{background:var(--good-soft);color:var(--good)}.matrix td.warn{background:repeating-linear-gradient(135deg,var(--warn-soft) 0 9px,transparent 9px 14px),var(--warn-soft);color:var(--warn)}
.matrix td.bad{background:var(--bad-full);color:#fff}.matrix td.bad .under{color:#fff}
.matrix td.good .under{color:var(--good)}.matrix td.warn .under{color:var(--warn)}
.matrix td.empty{background:none}
.tag{display:inline-block;margin-left:.35em;padding:0 .35em;border-radius:4px;border:1px solid var(--edge);font-size:.72rem}
.tally{list-style:none;padding:0;margin-top:.8rem;font-size:.88rem;color:var(--dim)}
.addresses{display:block;font-family:var(--mono);font-size:12.5px;fill:var(--text)}
.addresses.key{display:inline-block;flex:none}
.addresses .address{text-anchor:end}.addresses .about,.addresses .lane,.addresses .range{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--dim)}
.addresses .lane{text-anchor:middle;font-size:12px}
.addresses line{stroke:var(--edge);stroke-width:1}
.addresses .end .address{fill:var(--dim)}
.addresses .range{font-family:var(--mono)}
.listed{fill:var(--listed)}
.gap.right{fill:var(--right)}.gap.wrong{fill:var(--wrong)}.gap.refused{fill:var(--refused)}.gap.unknown{fill:none;stroke:var(--dim);stroke-width:1.2;stroke-dasharray:3 3}
.source.right .dot{fill:var(--right)}.source.wrong .dot{fill:var(--wrong)}.source.unknown .dot{fill:var(--card);stroke:var(--dim);stroke-dasharray:2 2;stroke-width:1.5}
.source .dot.hollow{fill:var(--card);stroke-width:2.5}.source.right .dot.hollow{stroke:var(--dim)}.source.wrong .dot.hollow{stroke:var(--wrong)}
.source.wrong .address,.source.wrong .about{fill:var(--bad);font-weight:650}
.legend{list-style:none;padding:0;margin-top:.8rem;display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;font-size:.82rem;color:var(--dim)}
.legend li{display:flex;gap:.45rem;align-items:center}
details{border:1px solid var(--edge);border-radius:10px;background:var(--card)}
details+details{margin-top:.6rem}
summary{cursor:pointer;padding:.65rem .9rem;display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:center;border-radius:10px;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"";width:.42rem;height:.42rem;border:solid var(--dim);border-width:0 2px 2px 0;transform:rotate(-45deg);flex:none}
details[open]>summary::before{transform:rotate(45deg)}
summary:hover{background:var(--sunk)}
summary .title{font-weight:640}
.server>summary{font-family:var(--mono);font-size:.9rem}.server>summary .chip{font-family:system-ui,sans-serif}.server>article{border:0;box-shadow:none;margin:0}
summary .under{margin-left:auto}
.finding.bad{border-left:4px solid var(--wrong)}.finding.warn{border-left:4px solid #d39a1c}.finding.note{border-left:4px solid var(--listed)}
.body{padding:.3rem 1.1rem 1.1rem}
.message{max-width:50rem}
.halves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1.1rem 2rem;margin-top:1rem}
.halves>div>p{font-size:.9rem;margin-bottom:.5rem}
.steps{padding-left:1.3rem}.steps li+li{margin-top:.35rem}
.links{padding-left:1.2rem;font-size:.88rem}
.references{margin-top:1rem;font-size:.85rem;color:var(--dim)}
.talk{list-style:none;padding:.7rem .9rem;background:var(--sunk);border:1px solid var(--edge);border-radius:8px;font-size:.8rem;line-height:1.5;white-space:pre-wrap}
.talk li{padding-left:2.6em;text-indent:-2.6em}
.talk li::before{display:inline-block;width:2.6em;text-indent:0;font-weight:700}
.talk .sent::before{content:"→";content:"→" / ""}.talk .received::before{content:"←";content:"←" / ""}.talk .refused::before{content:"←✗";content:"←✗" / ""}.talk .event::before{content:"•";content:"•" / ""}
.talk .received{color:var(--note)}.talk .refused{color:var(--warn)}.talk .event{color:var(--dim)}
.attempts details{border-radius:8px}.attempts details+details{margin-top:.35rem}
.attempts summary{padding:.38rem .8rem}
.said{font-family:var(--mono);font-size:.76rem;color:var(--dim);flex:1 1 12rem;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.attempts .body>p{font-size:.9rem;margin-bottom:.5rem}
.attempts details:target{outline:3px solid var(--link)}
.filter{display:flex;flex-wrap:wrap;gap:.5rem .7rem;align-items:center;margin-bottom:.8rem;font-size:.9rem}
.filter[hidden]{display:none}
.filter input,.filter select,.filter button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--dim);border-radius:7px;padding:.28rem .6rem}
.filter input{min-width:14rem;flex:1 1 14rem}
.filter output{color:var(--dim);margin-left:auto}
@media (max-width:40rem){.top,main{padding-left:1rem;padding-right:1rem}article{padding:1.15rem}summary .under{margin-left:0;flex-basis:100%}.body{padding:.3rem .8rem .9rem}}
@media print{:root{--ground:#fff;--sunk:#fff}body{font-size:10.5pt}.skip,.filter{display:none}article{box-shadow:none;border:0;border-top:3pt solid;padding:1rem 0}
.top,main{max-width:none;padding-left:0;padding-right:0}details::details-content{content-visibility:visible;height:auto}.finding,.matrix tr,.addresses,.talk{break-inside:avoid}
.matrix td,.chip,.gap,.listed{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}`;
