import "./page.css"; document.getElementById("app")!.textContent = "hello";
